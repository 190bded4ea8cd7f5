import { pythonFramework } from '../python-framework.js'
import { detectFlask } from './detect.js'
import { flaskKnowledge } from './knowledge.js'

export const flask = pythonFramework('flask', detectFlask, flaskKnowledge)
