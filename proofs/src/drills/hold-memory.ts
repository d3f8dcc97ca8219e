/** Loaded into a service by --import for the memory drill: SIGUSR2 makes the service allocate memory, and the next SIGUSR2 frees the memory. */
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
