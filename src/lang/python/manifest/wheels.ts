/**
 * The first version with a wheel for CPython on manylinux x86_64, asked of PyPI on 2026-11-24:
 * `uv pip compile --resolution lowest-direct --only-binary :all: --no-deps --python-version <v> --python-platform x86_64-manylinux_2_28`.
 * A version that is not in a row was not asked for, and gives no finding. Only packages whose older sources do not build on a bare host (headers, distutils, Cython 3, a Rust or Fortran compiler).
 */
const first: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  numpy: { '3.12': '1.26.0', '3.13': '2.1.0', '3.14': '2.3.2' },
  pandas: { '3.12': '2.1.1', '3.13': '2.2.3', '3.14': '2.3.3' },
  scipy: { '3.12': '1.11.2', '3.13': '1.14.1', '3.14': '1.16.1' },
  'scikit-learn': { '3.12': '1.3.1', '3.13': '1.5.2', '3.14': '1.7.2' },
  matplotlib: { '3.12': '3.7.3', '3.13': '3.9.2', '3.14': '3.10.5' },
  pillow: { '3.12': '10.0.0', '3.13': '10.4.0', '3.14': '11.3.0' },
  greenlet: { '3.12': '3.0.0', '3.13': '3.1.0', '3.14': '3.2.3' },
  lxml: { '3.12': '4.9.3', '3.13': '5.3.0', '3.14': '6.0.1' },
  'psycopg2-binary': { '3.12': '2.9.9', '3.13': '2.9.10', '3.14': '2.9.11' },
  asyncpg: { '3.12': '0.29.0', '3.13': '0.30.0' },
  grpcio: { '3.12': '1.59.0', '3.13': '1.66.2', '3.14': '1.75.1' },
  cffi: { '3.12': '1.16.0', '3.13': '1.17.0', '3.14': '2.0.0' },
  pyyaml: { '3.12': '6.0.1', '3.13': '6.0.2', '3.14': '6.0.3' },
  gevent: { '3.12': '23.7.0', '3.13': '24.10.1', '3.14': '25.8.1' },
  orjson: { '3.12': '3.9.3', '3.13': '3.10.7', '3.14': '3.11.4' },
  tiktoken: { '3.12': '0.5.2', '3.13': '0.8.0' },
  pyzmq: { '3.12': '25.1.1', '3.13': '26.1.0' },
  shapely: { '3.12': '2.0.2', '3.13': '2.0.6' },
  pyarrow: { '3.12': '14.0.0', '3.13': '18.0.0' },
  tokenizers: { '3.12': '0.14.0', '3.13': '0.15.1' },
  torch: { '3.12': '2.2.0', '3.13': '2.5.0' },
  statsmodels: { '3.12': '0.14.0', '3.13': '0.14.3' },
  h5py: { '3.12': '3.10.0', '3.13': '3.12.1' },
  spacy: { '3.12': '3.7.0', '3.13': '3.8.7' },
  numba: { '3.12': '0.59.0', '3.13': '0.61.0' },
  llvmlite: { '3.12': '0.42.0', '3.13': '0.44.0' },
}

export function firstWheel(name: string, python: string): string | undefined {
  return first[name]?.[python]
}

/** Modules that left the standard library, and what takes their place (docs.python.org/3/whatsnew). */
export const removedModules: Readonly<Record<string, { readonly in: string; readonly instead: string; readonly backport?: string }>> = {
  distutils: { in: '3.12', instead: 'Use packaging, shutil or sysconfig for what you take from it, or declare setuptools, which brings a copy', backport: 'setuptools' },
  imp: { in: '3.12', instead: 'Use importlib' },
  asyncore: { in: '3.12', instead: 'Use asyncio, or declare pyasyncore', backport: 'pyasyncore' },
  asynchat: { in: '3.12', instead: 'Use asyncio, or declare pyasynchat', backport: 'pyasynchat' },
  smtpd: { in: '3.12', instead: 'Declare aiosmtpd and use it', backport: 'aiosmtpd' },
  cgi: { in: '3.13', instead: 'Use urllib.parse and the framework\'s own form parsing, or declare legacy-cgi', backport: 'legacy-cgi' },
  imghdr: { in: '3.13', instead: 'Use filetype, puremagic or Pillow', backport: 'standard-imghdr' },
  sndhdr: { in: '3.13', instead: 'Use filetype or puremagic', backport: 'standard-sndhdr' },
  telnetlib: { in: '3.13', instead: 'Use telnetlib3 or Exscript', backport: 'standard-telnetlib' },
  crypt: { in: '3.13', instead: 'Use bcrypt, argon2-cffi or passlib', backport: 'crypt-r' },
  audioop: { in: '3.13', instead: 'Declare audioop-lts', backport: 'audioop-lts' },
  pipes: { in: '3.13', instead: 'Use shlex and subprocess' },
  uu: { in: '3.13', instead: 'Use base64', backport: 'standard-uu' },
}
