#!/usr/bin/env node
import { existsSync } from 'node:fs'
if (existsSync(new URL('../dist/cli.js', import.meta.url))) await import('../dist/cli.js')
else (console.error('to-serverless is not built yet: run `npm install` (or `npm run build`) in its folder first.'), (process.exitCode = 70))
