// The host turns the page for everybody, ahead of time, so that all can show it at one instant.
import { refused } from '../protocol/outcome.ts';
import type { Decision, RoomCommand } from './commands.ts';
import { accepted } from './decision.ts';
import { isSeated, participantOf } from './room-queries.ts';
import type { RoomState } from './state.ts';

export const decideTurnPage = (
  state: RoomState,
  command: RoomCommand<'turn_page'>,
  at: number,
): Decision<'turn_page'> => {
  const participant = participantOf(state, command.by);
  if (!participant || !isSeated(participant)) return refused('forbidden');
  if (state.hostId !== participant.id) return refused('not_host', { command: 'turn_page' });
  if (state.phase !== 'running') return refused('not_running');
  const { to, expectedPage, leadMs } = command;
  if (expectedPage !== undefined && expectedPage !== state.page) return refused('page_changed', { page: state.page });
  const page = to === 'next' ? state.page + 1 : to === 'previous' ? state.page - 1 : to;
  const last = state.definition.content.pages.length - 1;
  if (page < 0 || page > last) return refused('no_such_page', { page, last });
  if (page === state.page) return accepted([], { page, turnsAt: state.turnsAt ?? at });
  // Whoever is slow to hear of the turn before must not show the two in the wrong order.
  const turnsAt = Math.max(at + leadMs, state.turnsAt ?? 0);
  return accepted([{ type: 'page_turned', page, turnsAt, by: participant.id }], { page, turnsAt });
};
