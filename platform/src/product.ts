/** `name` is for identifiers, `title` for texts that people read. `npm run fork:rename` changes both. */
export const product = { name: 'mainstay', title: 'Mainstay' };
