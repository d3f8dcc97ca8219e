/** The names of the product: in identifiers, and in texts that people read. `npm run fork:rename` changes both, here and everywhere else. */
export const product = { name: 'mainstay', title: 'Mainstay' };
