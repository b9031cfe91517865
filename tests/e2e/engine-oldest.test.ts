/** The oldest engine that app.json lets the package be installed on. */
import { mainPaths } from './main-paths.js';

mainPaths({ engine: '1.53.1' });
