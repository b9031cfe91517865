/** Loads all that the workspace needs beyond `npm ci`; safe to run any number of times. */
import { prepareDeno } from './src/engine/runtime.js';

try {
    await prepareDeno((line) => {
        console.log(line);
    });
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
}
