/** npm's ranges, as far as they decide about a major version of Node. */

/** Could some `major.x.y` satisfy the range? What is no range at all allows everything: npm does not stop at it. */
export function allowsMajor(range: string, major: number): boolean {
  return range.split('||').some(part => {
    const hyphen = /^\s*v?(\d+)[\w.]*\s+-\s+v?(\d+)[\w.]*\s*$/.exec(part)
    if (hyphen) return Number(hyphen[1]) <= major && major <= Number(hyphen[2])
    return [...part.matchAll(/(>=|<=|>|<|\^|~|=)?\s*v?(\d+)((?:\.(?:\d+|[xX*]))*)/g)].every(([, sign = '', number = '', rest = '']) => holds(sign, Number(number), rest, major))
  })
}

function holds(sign: string, number: number, rest: string, major: number): boolean {
  if (sign === '>=') return major >= number
  // `>20` alone means after every 20; `>20.1` still allows 20.
  if (sign === '>') return /\d/.test(rest) ? major >= number : major > number
  if (sign === '<') return /[1-9]/.test(rest) ? major <= number : major < number
  if (sign === '<=') return major <= number
  return major === number
}
