/** How a finding's severity follows from the way its code runs: the same in every language. */
export { atMost, isCaught, milder, severityFor, surestRun } from '../severity.js'
