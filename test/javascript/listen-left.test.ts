import { expect, it } from 'vitest'
import { entryExpressLateListen } from '../../codemods/javascript/entry-express-late-listen/rule.js'
import { problemsOf, settingOf } from '../catalogue/pipeline.js'
import { snapshotOf } from '../../src/snapshot.js'

const manifest = JSON.stringify({ name: 'shop', type: 'module', scripts: { start: 'node index.js' }, dependencies: { express: '^4.21.2', mongoose: '^8.0.0' } })
const leftBy = (callback: string): string | undefined => {
  const repo = snapshotOf({
    'package.json': manifest,
    'index.js': `import express from 'express'
import mongoose from 'mongoose'
import { rebuildStock, startTunnel } from './stock.js'

const app = express()
app.get('/', (req, res) => res.send('ok'))
mongoose.connect(process.env.MONGODB_URI).then(() => {
  app.listen(3000, ${callback})
})
`,
    'stock.js': 'export const startTunnel = () => {}\nexport const rebuildStock = async () => {}\n',
  })
  const [problem] = problemsOf(entryExpressLateListen, repo, settingOf(repo, {}))
  if (problem?.remedy.kind !== 'fix') throw new Error('no fix')
  return problem.remedy.left
}

it('names what a late listen did besides logging', () => {
  expect(leftBy(`async () => { console.log(startTunnel()); if (app) startTunnel(); await rebuildStock() }`)).toContain('started by hand now: startTunnel(), rebuildStock().')
})
it('says nothing of a callback that only logs', () => {
  expect(leftBy(`() => { console.log('listening') }`)).toBeUndefined()
})
