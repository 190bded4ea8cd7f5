/** Git's binary patch: for UTF-16, whose bytes no line-based patch carries safely. */
import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~'

/** The object name of a blob, which `git apply` wants in full before it takes a binary patch. */
export function blobName(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** The part of a patch after the headers: the new bytes, then the old ones so that `git apply -R` works. */
export function binaryPatch(before: Uint8Array, after: Uint8Array): string {
  return `GIT binary patch\n${literal(after)}\n${literal(before)}\n`
}

function literal(bytes: Uint8Array): string {
  const packed = deflateSync(bytes)
  let out = `literal ${bytes.length}\n`
  for (let at = 0; at < packed.length; at += 52) {
    const chunk = packed.subarray(at, at + 52)
    const length = chunk.length
    out += String.fromCharCode(length <= 26 ? 64 + length : 96 + length - 26) + base85(chunk) + '\n'
  }
  return out
}

function base85(chunk: Uint8Array): string {
  const padded = Buffer.alloc(Math.ceil(chunk.length / 4) * 4)
  padded.set(chunk)
  let out = ''
  for (let at = 0; at < padded.length; at += 4) {
    let word = padded.readUInt32BE(at)
    let group = ''
    for (let i = 0; i < 5; i++) {
      group = digits.charAt(word % 85) + group
      word = Math.floor(word / 85)
    }
    out += group
  }
  return out
}
