import { expect, it } from 'vitest';
import { loggablePathOf } from './observe.ts';

it('[SE4] drops what opens something from the path that is logged, however it is spelled', () => {
  const pathOf = (path: string) => loggablePathOf(`http://localhost${path}`);
  expect(pathOf('/api/rooms/1?limit=5')).toBe('/api/rooms/1?limit=5');
  expect(pathOf('/api/rooms/1?token=secret&limit=5&access=secret')).toBe('/api/rooms/1?limit=5');
  expect(pathOf('/x?%74oken=secret')).toBe('/x');
  expect(pathOf('/x?TOKEN=secret&Access=secret&token=secret')).toBe('/x');
});
