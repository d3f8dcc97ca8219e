// @ts-check
import { arrows, outsiders, stores } from './arrows.mjs';

/** @typedef {import('./connections.mjs').Connection} Connection */
/** @typedef {import('./connections.mjs').Party} Party */

/**
 * The arrows of the table that these parties have, as connections.
 * @param {Party[]} parties
 * @param {{ names: string[], areStoresManaged: boolean }} place names: of the overlay and its components; areStoresManaged: they are no pods
 * @returns {Connection[]}
 */
export function expectedConnections(parties, { names, areStoresManaged }) {
  const present = new Set(parties.map(({ name }) => name));
  return arrows
    .filter(({ only }) => only === undefined || names.includes(only))
    .map(({ from, to, port, protocol = 'TCP' }) => ({
      from,
      to: areStoresManaged && stores.includes(to) && !present.has(to) ? 'managed-stores' : to,
      port,
      protocol,
    }))
    .filter(({ from, to }) => present.has(from) && present.has(to));
}

/**
 * Without what goes on among outsiders, which is not the platform's to say, and without repetitions: several pods may have one name.
 * @param {Connection[]} all
 * @returns {string[]} sorted, as `gateway → accounts:3000`
 */
export function sentencesOf(all) {
  const ours = all.filter(({ from, to }) => !(outsiders.includes(from) && outsiders.includes(to)));
  const sentences = ours.map(
    ({ from, to, port, protocol }) => `${from} → ${to}:${port}${protocol === 'UDP' ? '/udp' : ''}`,
  );
  return [...new Set(sentences)].sort();
}
