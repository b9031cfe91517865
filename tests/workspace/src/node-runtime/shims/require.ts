/** The runtime's `require`: engine modules and `uuid` from where the engine is installed, Node's own by name. */
import { createRequire } from 'node:module';

/** Set by the bundler: a file beside which the engine's modules resolve. */
declare const MODULES_ROOT: string;

export const require = createRequire(MODULES_ROOT);
