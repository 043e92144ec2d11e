// The database is put back to an older state while Redis keeps what came after it: the database decides.
import { expect, it, onTestFinished } from 'vitest';
import { journalOf, researcherOf } from '../support/cluster/cluster-room.ts';
import { createNodePeople } from '../support/cluster/node-people.ts';
import { spawnCluster } from '../support/cluster/spawn-cluster.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { backUp } from '../support/servers/database.ts';

describeWithRedis('a database restored from a backup', () => {
  it('[NO11] goes on from there on every node, through all versions that Redis knows otherwise', async () => {
    const cluster = await spawnCluster({ nodes: 2 });
    onTestFinished(() => cluster.close());
    const [first, second] = cluster.nodes;
    if (!first || !second) throw new Error('two nodes were asked for');
    const stopAll = () => Promise.all([first, second].map((node) => node.kill('SIGTERM')));
    const people = createNodePeople(cluster);
    onTestFinished(() => people.leaveAll());
    const api = researcherOf(cluster);
    const room = await people.newRoom({ graceMs: 3_600_000 });
    const seats = (await people.debate(room, [0, 1, 0])).map(({ seat }) => seat);
    const hostSeat = seats[0];
    if (!hostSeat) throw new Error('nobody was seated');
    people.leaveAll();
    await stopAll();
    const backup = await backUp(cluster.databaseUrl);
    onTestFinished(() => backup.drop());

    await Promise.all([first.start(), second.start()]);
    const before = await api.room(room.id);
    const host = await people.connect(0, hostSeat);
    for (let page = 1; page <= 12; page += 1) await host.ask('page:turn', { to: page });
    const lost = await api.room(room.id);
    expect(lost.version).toBeGreaterThan(before.version + 12);
    people.leaveAll();
    await stopAll();
    await backup.restore();

    await Promise.all([first.start(), second.start()]);
    const restored = await people.askAt(1).room(room.id);
    expect(restored).toMatchObject({ version: before.version, page: 0 });
    const again = await people.connect(0, hostSeat);
    // Every version that the lost history had, with other pages, seen from the node that nobody is connected to.
    for (let page = 101; page <= 115; page += 1) {
      expect(await again.ask('page:turn', { to: page })).toMatchObject({ ok: true, page });
      expect(await people.askAt(1).room(room.id)).toMatchObject({ page });
    }
    const commits = await journalOf(api, room.id);
    expect(commits.map(({ version }) => version)).toEqual(commits.map((_, index) => index + 1));
    expect(commits.flatMap(({ events }) => events).filter((event) => event.type === 'page_turned')).toHaveLength(15);
  });
});
