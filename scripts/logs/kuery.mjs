// @ts-check

/**
 * What Elasticsearch is asked for a query in Kibana's language, as far as docker/kibana uses that: `field : "text"` or `field : *`, joined by `and`; nothing matches all.
 * @param {string} text
 * @returns {{ fields: string[], query: object }}
 * @throws {Error} where it is more than that
 */
export function readKuery(text) {
  const terms = text.trim() === '' ? [] : text.split(/\s+and\s+/i).map(readTerm);
  return {
    fields: terms.map(({ field }) => field),
    // As Kibana puts it: nothing is scored.
    query: { bool: { filter: terms.map(({ query }) => query) } },
  };
}

/** @param {string} text @returns {{ field: string, query: object }} */
function readTerm(text) {
  const [, field = '', any, quoted] = /^\s*([\w.@]+)\s*:\s*(?:(\*)|"([^"\\]*)")\s*$/.exec(text) ?? [];
  if (field === '') throw new Error(`this check does not understand the query ${text}`);
  return { field, query: any ? { exists: { field } } : { match_phrase: { [field]: quoted } } };
}
