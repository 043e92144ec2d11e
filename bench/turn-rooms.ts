// Rooms of three with a page to turn to and back, made and joined over REST.
import type { LoadRoom } from './turn-load.ts';

const JOIN_WIDTH = 20;

interface ServerUnderLoad {
  readonly url: string;
  readonly researcherKey: string;
}

export const bareRooms = (count: number): LoadRoom[] =>
  Array.from({ length: count }, (_, index) => ({ auths: [0, 1, 2].map(() => ({ room: `room-${index}` })) }));

export const makeTurnRooms = async ({ url, researcherKey }: ServerUnderLoad, count: number): Promise<LoadRoom[]> => {
  const post = async (path: string, body: object, key?: string) => {
    const response = await fetch(`${url}/api${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
  const pages = [
    { title: 'One', body: 'A page of a debate.' },
    { title: 'Two', body: 'Another page of a debate.' },
  ];
  const content = { title: 'Turning pages', pages, settings: { countdownMs: 500 } };
  const study: { id: string } = await post('/studies', content, researcherKey);
  const codes: string[] = [];
  while (codes.length < count) {
    const body = { count: Math.min(500, count - codes.length) };
    const made: { rooms: { code: string }[] } = await post(`/studies/${study.id}/rooms`, body, researcherKey);
    codes.push(...made.rooms.map((room) => room.code));
  }
  const rooms: LoadRoom[] = [];
  const next = async (): Promise<void> => {
    for (let code = codes.shift(); code; code = codes.shift()) {
      const auths: object[] = [];
      for (const nickname of ['a', 'b', 'c']) {
        const { token }: { token: string } = await post('/join', { code, nickname });
        auths.push({ token });
      }
      rooms.push({ auths });
    }
  };
  await Promise.all(Array.from({ length: JOIN_WIDTH }, next));
  return rooms;
};
