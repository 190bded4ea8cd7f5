import type { Path } from '../types.js'

export type Place = { readonly file: Path; readonly line: number; readonly in: string }
type Frame = { readonly file: string; readonly line: number; readonly in: string }

/**
 * The innermost line of the app's own code in a dump by Python's faulthandler. `main`: in the thread that imports the
 * app; else in the threads that answer requests, by preference. `task` is the folder of the app's code.
 */
export function innermost(dump: string, task: string, main: boolean): Place | undefined {
  const threads = threadsOf(dump)
  const imports = (frames: readonly Frame[]): boolean => frames.some((frame) => frame.file.endsWith('/verify/cell.py'))
  const answers = (frames: readonly Frame[]): boolean => frames.some((frame) => /\/(verify\/host|vercel_runtime\/vc_init|socketserver)\.py$/.test(frame.file)) && !imports(frames)
  const order = main ? [imports] : [answers, imports]
  for (const wanted of [...order, () => true]) {
    for (const frames of threads.filter(wanted)) {
      const own = frames.find((frame) => frame.file.startsWith(`${task}/`) && !frame.file.includes('site-packages/'))
      if (own !== undefined) return { ...own, file: own.file.slice(task.length + 1) }
    }
  }
  return undefined
}

function threadsOf(dump: string): readonly (readonly Frame[])[] {
  return dump.split(/^(?:Current thread|Thread) .*$/m).slice(1).map((block) =>
    [...block.matchAll(/^ {2}File "(.*)", line (\d+) in (.*)$/gm)].map(([, file = '', line = '0', name = '']) => ({ file, line: Number(line), in: name })),
  )
}
