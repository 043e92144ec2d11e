import { createMemoryLiveMap } from '../../src/infra/memory/live-map.ts';
import { describeLiveMap } from './live-map.contract.ts';

describeLiveMap('memory', async () => createMemoryLiveMap());
