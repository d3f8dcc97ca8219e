// @ts-check

/**
 * Whether a label selector takes these labels. An empty selector takes everything.
 * @param {{ matchLabels?: Record<string, string>, matchExpressions?: { key: string, operator: string, values?: string[] }[] }} [selector]
 * @param {Record<string, string>} [labels]
 * @returns {boolean}
 * @throws Error where an operator is none that Kubernetes knows
 */
export function matches({ matchLabels = {}, matchExpressions = [] } = {}, labels = {}) {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

/**
 * @param {{ key: string, operator: string, values?: string[] }} expression
 * @param {Record<string, string>} labels
 */
function holds({ key, operator, values = [] }, labels) {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      throw new Error(`unknown operator of a label selector: ${operator}`);
  }
}
