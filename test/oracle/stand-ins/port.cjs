// Loaded before an app by the tests, so that its own files stay as a user has them.
// TO_SERVERLESS_PORT=3000:43211   the app listens on 3000; give it 43211 instead, so that two tests never meet.
'use strict'
const net = require('node:net')

const [wanted, given] = (process.env.TO_SERVERLESS_PORT ?? '').split(':').map(Number)
if (wanted && given) {
  const moved = (port) => ((typeof port === 'number' || typeof port === 'string') && Number(port) === wanted ? given : port)
  const listen = net.Server.prototype.listen
  net.Server.prototype.listen = function (first, ...rest) {
    const target = typeof first === 'object' && first !== null && 'port' in first ? { ...first, port: moved(first.port) } : moved(first)
    return listen.call(this, target, ...rest)
  }
}
