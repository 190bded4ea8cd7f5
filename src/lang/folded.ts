/** Strings and paths as far as they can be known without running, and how pieces of them combine; HAZARDS 0.3, point 4. */
import { dirOf, join } from './paths.js'

/** A string or path as far as it can be known without running. */
export type Folded = {
  /** cwd: relative to where the process starts; repo: `path` is repo-relative (from __file__); temp: below the system's temp folder; env: taken from a variable. */
  readonly base: 'cwd' | 'repo' | 'absolute' | 'temp' | 'env' | 'text' | 'unknown'
  /** The known text; unknown parts are '\u0000'. For 'repo' and 'cwd' a normalised '/'-separated path. */
  readonly text: string
  /** No unknown part. */
  readonly exact: boolean
  /** The variable, when part of it comes from the environment; this alternative is the default unless base is 'env'. */
  readonly env?: string
}

/** Stands for each unknown part. */
export const unknownPart = '\0'
const maxAlternatives = 8
type Piece = Folded

export const unknown: Piece = { base: 'unknown', text: unknownPart, exact: false }
export const plain = (text: string): Piece => ({ base: 'text', text, exact: true })

export function asPath(piece: Piece): Piece {
  if (piece.base === 'repo' || piece.base === 'cwd') return { ...piece, text: join('.', piece.text) }
  if (piece.base !== 'text') return piece
  const text = piece.text.replaceAll('\\', '/')
  if (/^\/(var\/)?tmp(\/|$)/.test(text)) return { ...piece, base: 'temp', text: text.replace(/^\/(var\/)?tmp\/?/, '') }
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text)) return { ...piece, base: 'absolute', text }
  if (text.startsWith(unknownPart)) return { ...piece, base: 'unknown' }
  return { ...piece, base: 'cwd', text: join('.', text) }
}
export function concat(a: Piece, b: Piece): Piece {
  if (a.base === 'text' && a.text === '') return b
  const env = a.env ?? b.env
  return { base: a.base, text: a.text + b.text, exact: a.exact && b.exact && (b.base === 'text' || a.base === 'text'), ...(env === undefined ? {} : { env }) }
}
export function joined(a: Piece, b: Piece): Piece {
  if (b.base !== 'text' && b.base !== 'unknown' && b.base !== 'env') return b
  if (b.base === 'text' && (b.text.startsWith('/') || /^[A-Za-z]:[\\/]/.test(b.text))) return b
  const env = a.env ?? b.env
  const left = a.base === 'text' && a.text === '' ? { ...a, base: 'cwd' as const } : a
  const text = left.base === 'repo' || left.base === 'cwd' ? join(left.text, b.text.replaceAll('\\', '/')) : left.text === '' ? b.text : `${left.text.replace(/\/$/, '')}/${b.text}`
  return { base: left.base, text, exact: a.exact && b.exact, ...(env === undefined ? {} : { env }) }
}
export function parentOf(piece: Piece): Piece {
  const text = piece.text
  if (piece.base === 'repo' || piece.base === 'cwd') return { ...piece, text: text === '.' || text === '' ? '..' : dirOf(text) }
  const at = text.lastIndexOf('/')
  return { ...piece, text: at > 0 ? text.slice(0, at) : text }
}
export function pairs(left: readonly Piece[], right: readonly Piece[], merge: (a: Piece, b: Piece) => Piece): readonly Piece[] {
  return left.flatMap((a) => right.map((b) => merge(a, b))).slice(0, maxAlternatives)
}
export function distinct(pieces: readonly Piece[]): readonly Piece[] {
  const seen = new Map(pieces.map((piece) => [`${piece.base}|${piece.text}|${piece.env ?? ''}`, piece]))
  return [...seen.values()].slice(0, maxAlternatives)
}
