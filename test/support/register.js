// Runs TypeScript as it is, in the main thread and in worker threads: `node --import tsx` reaches only the former on Node 20.
import { register } from 'tsx/esm/api';

register();
