import { describe, expect, test } from 'vitest';
import { createMeshScene, description, fresh, given, settle } from '../../../test/support/browser/mesh-scene.ts';

describe('links that do not stand', () => {
  test('[CL7] a failed link is restarted with fresh ICE servers, a disconnected one after a moment, a standing one never', async () => {
    const { meet, receive, pass, sent, renewServers } = createMeshScene();
    const connection = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    receive('signal', { from: 'b', epoch: 1, ...description('answer', 'answer 1') });
    await settle();
    connection.become('connected');
    renewServers();
    await pass(60_000);
    expect(connection.offers).toEqual([false]);
    connection.become('disconnected');
    await pass(1_400);
    expect(connection.offers).toEqual([false]);
    await pass(200);
    expect(connection.offers).toEqual([false, true]);
    expect(connection.servers).toEqual([{ urls: 'turn:fresh' }]);
    expect(sent.at(-1)).toMatchObject(description('offer', 'offer 2'));
    receive('signal', { from: 'b', epoch: 1, ...description('answer', 'answer 2') });
    await settle();
    connection.become('connected');
    connection.become('failed');
    await pass(0);
    expect(connection.offers).toEqual([false, true, true]);
    expect(connection.closed).toBe(false);
  });

  test('[CL11] the answerer never offers: it asks, a moment after the offerer would have noticed too', async () => {
    const { meet, pass, sent } = createMeshScene();
    const connection = await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    connection.become('connected');
    connection.become('failed');
    await pass(400);
    expect(sent).toEqual([]);
    await pass(100);
    expect(sent).toEqual([{ to: 'a', epoch: 1, description: { type: 'rollback' } }]);
    await pass(60_000);
    expect(connection.offers).toEqual([]);
  });

  test('[CL11] the offerer offers when it is asked, though its own link stands, but not again for an offer just made', async () => {
    const { meet, receive, pass, sent } = createMeshScene();
    const connection = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    const ask = async () => {
      receive('signal', { from: 'b', epoch: 1, description: { type: 'rollback' } });
      await settle();
    };
    await ask();
    expect(sent).toHaveLength(1);
    receive('signal', { from: 'b', epoch: 1, ...description('answer', 'answer 1') });
    await settle();
    connection.become('connected');
    await pass(5_000);
    await ask();
    await ask();
    expect(sent).toHaveLength(2);
    expect(connection.offers).toEqual([false, true]);
    expect(connection.closed).toBe(false);
  });

  test('[CL7] an offer without an answer is sent again while one may be on its way; then there is a new one', async () => {
    const { meet, pass, sent } = createMeshScene();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    for (let seconds = 0; seconds < 21; seconds += 3) await pass(3_000);
    expect(sent.map(({ description: one }) => one?.sdp)).toEqual(['offer 1', 'offer 1', 'offer 1', 'offer 2']);
  });

  test('[CL11] a voice that stops arriving is sought anew before the browser calls the link disconnected', async () => {
    const { meet, receive, pass } = createMeshScene();
    const connection = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    receive('signal', { from: 'b', epoch: 1, ...description('answer', 'answer 1') });
    await settle();
    connection.become('connected');
    for (let packet = 1; packet <= 50; packet += 1) {
      connection.timestamp = packet;
      await pass(200);
    }
    expect(connection.offers).toEqual([false]);
    await pass(2_000);
    expect(connection.offers).toEqual([false, true]);
    await pass(60_000);
    expect(connection.offers).toEqual([false, true]);
  });

  test('[CL12] a link is made with the servers that are known; the answerer takes fresh ones for an offer that comes again', async () => {
    const { meet, receive, madeWith, renewServers } = createMeshScene();
    const connection = await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    receive('signal', { from: 'a', epoch: 1, ...description('offer', 'offer 1') });
    await settle();
    expect(madeWith).toEqual([given]);
    expect(connection.servers).toEqual([]);
    renewServers();
    receive('signal', { from: 'a', epoch: 1, ...description('offer', 'offer 2') });
    await settle();
    expect(connection.servers).toEqual(fresh);
  });

  test('[CL11] a link that has stood is resumed with the socket although the browser still calls it connected', async () => {
    const { meet, pass, sent } = createMeshScene();
    const connection = await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    connection.become('connected');
    connection.timestamp = 1;
    await pass(200);
    await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    expect(sent).toEqual([]);
    await pass(2_200);
    expect(sent).toHaveLength(1);
    await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    expect(sent.map(({ description: one }) => one?.type)).toEqual(['rollback', 'rollback']);
  });

  describe('[CL14] a voice is gone', () => {
    const lose = async ({ isSilent }: { isSilent: boolean }) => {
      const scene = createMeshScene();
      const connection = await scene.meet({ participantId: 'b', epoch: 1, role: 'offer' });
      connection.become('connected');
      if (isSilent) scene.fallSilent();
      connection.become('failed');
      await scene.pass(0);
      await scene.pass(1_900);
      expect(scene.silences()).toBe(0);
      return scene;
    };

    test('and signals stay without an answer: the socket is given up', async () => {
      const { pass, silences } = await lose({ isSilent: true });
      await pass(200);
      expect(silences()).toBe(1);
    });

    test('and signals are answered: the socket is kept', async () => {
      const { pass, silences } = await lose({ isSilent: false });
      await pass(60_000);
      expect(silences()).toBe(0);
    });

    test('and another socket has come meanwhile: that one is kept', async () => {
      const { mesh, pass, silences } = await lose({ isSilent: true });
      mesh.handlers.down();
      await pass(200);
      expect(silences()).toBe(0);
    });
  });

  test('a link that never stood is no sign of a dead socket', async () => {
    const { meet, pass, fallSilent, silences } = createMeshScene();
    fallSilent();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    await pass(60_000);
    expect(silences()).toBe(0);
  });

  test('[CL7] an answerer that is slow answers the newest offer alone', async () => {
    const { meet, receive, sent } = createMeshScene();
    await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    receive('signal', { from: 'a', epoch: 1, ...description('offer', 'offer 1') });
    receive('signal', { from: 'a', epoch: 1, ...description('offer', 'offer 2') });
    await settle();
    expect(sent).toEqual([{ to: 'a', epoch: 1, ...description('answer', 'answer to offer 2') }]);
  });

  test('[CL13] a link that no try brings about is shown as failed, by both sides, until it stands', async () => {
    for (const role of ['offer', 'answer'] as const) {
      const { meet, mesh, pass, reports } = createMeshScene();
      const connection = await meet({ participantId: 'b', epoch: 1, role });
      connection.become('connecting');
      expect(mesh.links.b?.state).toBe('connecting');
      await pass(15_000);
      expect(mesh.links.b?.state).toBe('failed');
      expect(reports.at(-1)?.state).toBe('failed');
      connection.become('connected');
      expect(mesh.links.b?.state).toBe('connected');
    }
  });

  test('who is not there is offered to less often, and at once when announced again', async () => {
    const { meet, pass, refuse, sent } = createMeshScene();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    refuse('peer_not_found');
    await pass(3_000);
    expect(sent).toHaveLength(2);
    await pass(14_900);
    expect(sent).toHaveLength(2);
    await pass(100);
    expect(sent).toHaveLength(3);
    refuse(undefined);
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    expect(sent).toHaveLength(4);
  });
});
