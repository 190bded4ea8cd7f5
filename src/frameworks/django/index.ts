import { pythonFramework } from '../python-framework.js'
import { detectDjango } from './detect.js'
import { djangoKnowledge } from './knowledge.js'

export const django = pythonFramework('django', detectDjango, djangoKnowledge)
