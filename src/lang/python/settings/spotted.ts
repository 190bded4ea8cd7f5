/** The fields of a problem that follow from its place in the code. */
export { spotted, type Spotted } from '../../spotted.js'
