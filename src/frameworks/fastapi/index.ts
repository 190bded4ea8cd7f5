import { pythonFramework } from '../python-framework.js'
import { detectFastApi } from './detect.js'
import { fastapiKnowledge } from './knowledge.js'

export const fastapi = pythonFramework('fastapi', detectFastApi, fastapiKnowledge)
