import { describe, expect, test } from 'vitest';
import { candidate, createMeshScene, description, settle } from '../../../test/support/browser/mesh-scene.ts';

describe('the mesh', () => {
  test('[CL7] the offerer offers, the answerer waits for the offer', async () => {
    const offering = createMeshScene();
    await offering.meet({ participantId: 'b', epoch: 4, role: 'offer' });
    expect(offering.sent).toEqual([{ to: 'b', epoch: 4, ...description('offer', 'offer 1') }]);
    const answering = createMeshScene();
    await answering.meet({ participantId: 'a', epoch: 2, role: 'answer' });
    expect(answering.sent).toEqual([]);
    answering.receive('signal', { from: 'a', epoch: 2, ...description('offer', 'offer 1') });
    await settle();
    expect(answering.sent).toEqual([{ to: 'a', epoch: 2, ...description('answer', 'answer to offer 1') }]);
  });

  test('candidates that come before the description wait for it', async () => {
    const { meet, receive } = createMeshScene();
    const connection = await meet({ participantId: 'a', epoch: 1, role: 'answer' });
    receive('signal', { from: 'a', epoch: 1, ...candidate('early') });
    await settle();
    expect(connection.candidates).toEqual([]);
    receive('signal', { from: 'a', epoch: 1, ...description('offer', 'offer 1') });
    receive('signal', { from: 'a', epoch: 1, ...candidate('later') });
    await settle();
    expect(connection.candidates).toEqual(['early', 'later']);
  });

  test('[CL7] a reconnect of the socket keeps the link, a reload of the page replaces it', async () => {
    const { meet, mesh, connections, receive } = createMeshScene();
    const first = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    first.become('connected');
    receive('peer:left', { participantId: 'b', epoch: 1 });
    mesh.handlers.down();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    expect(connections).toHaveLength(1);
    expect(first.closed).toBe(false);
    expect(first.offers).toHaveLength(1);
    receive('peer:joined', { participantId: 'b', epoch: 2, role: 'offer' });
    expect(first.closed).toBe(true);
    expect(connections).toHaveLength(2);
    receive('peer:joined', { participantId: 'b', epoch: 1, role: 'offer' });
    expect(connections).toHaveLength(2);
  });

  test('[CL7] signals lost with the socket are sent again when it is back', async () => {
    const { meet, sent } = createMeshScene();
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    expect(sent).toEqual([
      { to: 'b', epoch: 1, ...description('offer', 'offer 1') },
      { to: 'b', epoch: 1, ...description('offer', 'offer 1') },
    ]);
  });

  test('a signal over the rate limit is sent again a moment later', async () => {
    const { meet, pass, sent, refuse } = createMeshScene();
    refuse('rate_limited');
    await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    refuse(undefined);
    await pass(500);
    expect(sent).toHaveLength(2);
  });

  test('another device needs no new exchange; links of those without a seat are closed; changes are reported', async () => {
    const { meet, mesh, sent, reports } = createMeshScene();
    const connection = await meet({ participantId: 'b', epoch: 1, role: 'offer' });
    connection.become('connected');
    const before = sent.length;
    const track = {} as MediaStreamTrack;
    mesh.setTrack(track);
    await settle();
    expect(connection.sent).toEqual([track]);
    expect(sent).toHaveLength(before);
    expect(reports.map(({ state }) => state)).toEqual(['connected']);
    mesh.retain(['me']);
    expect(connection.closed).toBe(true);
    expect(mesh.links).toEqual({});
  });
});
