/** Files that deploy to AWS Lambda: a handler named there is needed. */
export function isAdapterFile(path: string): boolean {
  return /(^|\/)(serverless\.(ya?ml|ts|js|json)|template\.ya?ml|samconfig\.toml|zappa_settings\.(json|ya?ml|toml)|cdk\.json|\.chalice\/config\.json)$/.test(path)
}
