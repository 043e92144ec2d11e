// What happens in one storm: what three people do, whose links break, and which servers are killed when. The seed decides all.
import type { FuzzServers } from './fuzz-servers.ts';
import type { SimulatedClient } from './simulated-client.ts';

export const STORM_MS = 25_000;
export const PARTICIPANTS = ['anna', 'bora', 'chul'] as const;

export interface Operation {
  readonly at: number;
  readonly text: string;
  readonly run: (clients: readonly SimulatedClient[], servers: FuzzServers) => void;
}

export const operationsOf = (random: () => number): Operation[] => {
  const count = 20 + Math.floor(random() * 40);
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const operation = (): Omit<Operation, 'at'> => {
    const index = Math.floor(random() * PARTICIPANTS.length);
    const who = PARTICIPANTS[index];
    const command = (name: Parameters<SimulatedClient['send']>[0], body: Record<string, unknown>) => ({
      text: `${who} ${name} ${JSON.stringify(body)}`,
      run: (clients: readonly SimulatedClient[]) => clients[index]?.send(name, body),
    });
    const dice = random();
    if (dice < 0.3) {
      const to = pick(['next', 'next', 'previous', 0, 1, 2, 3, 4, 9] as const);
      return {
        text: `everybody page:turn ${to}`,
        // Whoever is host succeeds: all ask, so that turns go on after a hand-over.
        run: (clients) => {
          for (const client of clients) {
            client.send('page:turn', { to, expectedPage: client.session.replica.view?.page ?? 0 });
          }
        },
      };
    }
    if (dice < 0.55)
      return command('choice:submit', {
        questionId: `q${Math.floor(random() * 5)}`,
        value: pick(['yes', 'no', 'maybe']),
      });
    if (dice < 0.62) return command('recording:start', { mimeType: 'audio/webm' });
    if (dice < 0.67) return command('participant:mute', { participantId: pick(PARTICIPANTS) });
    if (dice < 0.72) return command('participant:unmute', {});
    if (dice < 0.725) return command('participant:remove', { participantId: pick(PARTICIPANTS) });
    if (dice < 0.73) return command('debate:end', {});
    if (dice < 0.75) return { text: `${who} is away for 10 s`, run: (clients) => clients[index]?.stayAway(10_000) };
    if (dice < 0.92) return { text: `${who} drops`, run: (clients) => clients[index]?.drop() };
    const downMs = Math.floor(random() * 2_500);
    const which = random() < 0.5 ? 0 : 1;
    const isAtCommit = random() < 0.3;
    return {
      text: `server ${which} killed for ${downMs} ms${isAtCommit ? ' when it commits next' : ''}`,
      run: (_, servers) => servers.kill(which, { downMs, isAtCommit }),
    };
  };
  return Array.from({ length: count }, () => ({ at: 1_500 + random() * (STORM_MS - 2_000), ...operation() })).toSorted(
    (a, b) => a.at - b.at,
  );
};
