/** For the memory drill. The first SIGUSR2 to a service allocates memory, and the second SIGUSR2 frees the memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const HELD_BYTES = 420 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

let held: Buffer | undefined;
process.on('SIGUSR2', () => {
  held = held ? undefined : Buffer.allocUnsafeSlow(HELD_BYTES).fill(1);
  collectGarbage();
});
