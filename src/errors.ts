/**
 * Errors a person can act on: one sentence, a hint, and the exit code of the contract. Anything else is a defect and exits 70.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 70 | 130

export class UserError extends Error {
  constructor(
    message: string,
    readonly exit: 1 | 2 | 3 | 130,
    readonly hint?: string,
  ) {
    super(message)
    this.name = 'UserError'
  }
}

/** Two changes claim the same text; `path` and both texts are for the message. */
export class EditConflict extends Error {
  constructor(
    readonly path: string,
    readonly at: number,
  ) {
    super(`two changes edit the same place in ${path}`)
    this.name = 'EditConflict'
  }
}
