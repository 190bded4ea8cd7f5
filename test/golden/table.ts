/** One row per fixture, for the person who reads the log. */
export const COLUMNS = ['as it is', 'findings', 'build A', 'local A', 'diff A', 'undo A', 'build B', 'booted B', 'routes B', 'crons B', 'local B', 'undo B'] as const
export type Column = (typeof COLUMNS)[number]

export type Table = { set(fixture: string, column: Column, problems: readonly string[]): readonly string[]; print(): string }

export function table(): Table {
  const rows = new Map<string, Map<Column, number>>()
  return {
    set(fixture, column, problems) {
      const row = rows.get(fixture) ?? new Map<Column, number>()
      row.set(column, (row.get(column) ?? 0) + problems.length)
      rows.set(fixture, row)
      return problems.map((problem) => `${column}: ${problem}`)
    },
    print() {
      const names = [...rows.keys()].sort()
      const wide = Math.max(7, ...names.map((name) => name.length))
      const cell = (count: number | undefined): string => (count === undefined ? '-' : count === 0 ? 'ok' : `${count} wrong`)
      const line = (first: string, cells: readonly string[]): string => [first.padEnd(wide), ...cells.map((text, index) => text.padEnd(COLUMNS[index]?.length ?? 0))].join('  ').trimEnd()
      return [line('fixture', COLUMNS), ...names.map((name) => line(name, COLUMNS.map((column) => cell(rows.get(name)?.get(column)))))].join('\n')
    },
  }
}
