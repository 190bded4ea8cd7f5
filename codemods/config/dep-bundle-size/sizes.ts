/**
 * Unpacked size of wheels in MB, without dependencies: CPython 3.12, manylinux x86_64, measured on 2026-11-24 with `uv pip install --no-deps --target`.
 * The three CUDA-era giants are from their wheels' listed sizes (PyPI, same day), unpacked at least that large.
 */
export const sizesMb: Readonly<Record<string, number>> = {
  pandas: 43, numpy: 51, scipy: 108, 'scikit-learn': 31, matplotlib: 24, 'opencv-python-headless': 153, 'opencv-python': 188, 'opencv-contrib-python': 188, 'opencv-contrib-python-headless': 153, pyarrow: 164, pillow: 20, sqlalchemy: 18, lxml: 12, cryptography: 15, 'google-api-python-client': 109, openai: 10, plotly: 41,
  playwright: 161, numba: 16, llvmlite: 172, spacy: 119, nltk: 7, sympy: 27, statsmodels: 41, grpcio: 18, transformers: 53, pymupdf: 111, reportlab: 5, gevent: 6, 'psycopg2-binary': 12, 'mysql-connector-python': 63, dash: 36, streamlit: 31, shapely: 8, 'faiss-cpu': 64, onnxruntime: 73, 'langchain-community': 9, selenium: 27, twilio: 23, stripe: 14,
  babel: 30, xgboost: 84, lightgbm: 10, catboost: 275, duckdb: 67, notebook: 17, 'tensorflow-cpu': 1225, tensorflow: 1225, 'imageio-ffmpeg': 165, torch: 2000, torchvision: 20, torchaudio: 10,
}

/** What comes along and weighs: only companions that the declared package can't work without. */
export const heavyCompanions: Readonly<Record<string, readonly string[]>> = {
  pandas: ['numpy'], scipy: ['numpy'], 'scikit-learn': ['numpy', 'scipy'], matplotlib: ['numpy', 'pillow'], seaborn: ['pandas', 'numpy', 'matplotlib', 'pillow'], 'opencv-python': ['numpy'], 'opencv-python-headless': ['numpy'], 'opencv-contrib-python': ['numpy'], statsmodels: ['numpy', 'scipy', 'pandas'], numba: ['llvmlite', 'numpy'], xgboost: ['numpy', 'scipy'], lightgbm: ['numpy', 'scipy'], catboost: ['numpy', 'pandas', 'scipy', 'matplotlib', 'plotly'],
  'faiss-cpu': ['numpy'], onnxruntime: ['numpy'], torchvision: ['torch', 'numpy', 'pillow'], torchaudio: ['torch'], torch: ['sympy'], transformers: ['numpy'], 'sentence-transformers': ['torch', 'transformers', 'scikit-learn', 'scipy', 'numpy', 'sympy', 'pillow'], tensorflow: ['numpy', 'grpcio'], 'tensorflow-cpu': ['numpy', 'grpcio'], keras: ['numpy'], 'openai-whisper': ['torch', 'numba', 'llvmlite', 'numpy', 'sympy'], easyocr: ['torch', 'torchvision', 'opencv-python-headless', 'scipy', 'numpy', 'pillow', 'sympy'],
  ultralytics: ['torch', 'torchvision', 'opencv-python', 'numpy', 'matplotlib', 'pillow', 'sympy'], mediapipe: ['numpy', 'opencv-contrib-python', 'matplotlib', 'pillow'], moviepy: ['imageio-ffmpeg', 'numpy', 'pillow'], streamlit: ['pandas', 'numpy', 'pyarrow', 'pillow'], geopandas: ['pandas', 'numpy', 'shapely'], 'scikit-image': ['numpy', 'scipy', 'pillow'], spacy: ['numpy'], wordcloud: ['numpy', 'pillow', 'matplotlib'], librosa: ['numba', 'llvmlite', 'scipy', 'scikit-learn', 'numpy'], 'google-generativeai': ['google-api-python-client', 'grpcio'],
}

/** Tools for those who work on the app: nothing that serves it. */
export const developerTools: ReadonlySet<string> = new Set(['pytest', 'pytest-cov', 'pytest-flask', 'pytest-mock', 'pytest-asyncio', 'coverage', 'black', 'flake8', 'pylint', 'isort', 'mypy', 'ruff', 'autopep8', 'tox', 'nox', 'pre-commit', 'ipython', 'ipykernel', 'jupyter', 'jupyterlab', 'notebook', 'sphinx', 'mkdocs', 'bandit', 'pip-tools', 'twine', 'wheel', 'build', 'pyinstaller', 'locust', 'faker', 'factory-boy', 'debugpy'])
