/** Converts a path of Express to OpenAPI: `:id` becomes `{id}`. */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}');
}
