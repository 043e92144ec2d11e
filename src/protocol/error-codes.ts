// The one closed table of refusals. `final` means that the same request will never succeed; `retryable` that it may, unchanged.
// Messages say what to do next, in Korean or English. `{name}` is replaced from the refusal's details.
import type { Language } from './languages.ts';
import { REFUSAL_REASONS, type RefusalReason } from './refusal-reasons.ts';

interface ErrorEntry {
  readonly status: number;
  readonly retryable: boolean;
  readonly en: string;
  readonly ko: string;
}

const entry = (status: number, retryable: boolean, en: string, ko: string): ErrorEntry => ({
  status,
  retryable,
  en,
  ko,
});

export const ERROR_CODES = {
  // The door: every kind of request
  invalid_request: entry(
    422,
    false,
    'The request is not valid. Correct the listed fields and send it again.',
    '요청이 올바르지 않습니다. 표시된 항목을 고쳐 다시 보내 주세요.',
  ),
  invalid_message: entry(
    422,
    false,
    'The message is not valid. Correct the listed fields and send it again.',
    '메시지가 올바르지 않습니다. 표시된 항목을 고쳐 다시 보내 주세요.',
  ),
  unauthorized: entry(
    401,
    false,
    'The key or token is missing or not valid. Sign in or join again.',
    '인증 정보가 없거나 올바르지 않습니다. 다시 로그인하거나 입장해 주세요.',
  ),
  forbidden: entry(
    403,
    false,
    'This key or token does not open that. Use one that does.',
    '이 인증 정보로는 접근할 수 없습니다.',
  ),
  not_found: entry(404, false, 'There is nothing at this address.', '이 주소에는 아무것도 없습니다.'),
  body_too_large: entry(
    413,
    false,
    'The body is larger than {limit} bytes. Send less at once.',
    '본문이 {limit}바이트보다 큽니다. 나누어 보내 주세요.',
  ),
  rate_limited: entry(
    429,
    true,
    'Too many requests. Wait a moment and try again.',
    '요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.',
  ),
  unavailable: entry(
    503,
    true,
    'The server cannot answer right now. Try again in a moment.',
    '서버가 지금 응답할 수 없습니다. 잠시 후 다시 시도해 주세요.',
  ),
  busy: entry(503, true, 'The room is busy. Try again in a moment.', '방이 처리 중입니다. 잠시 후 다시 시도해 주세요.'),
  upgrading: entry(
    503,
    true,
    'The server is being upgraded, and a part of it cannot do this yet. Try again in a moment.',
    '서버를 업그레이드하는 중이라 아직 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.',
  ),
  internal: entry(
    500,
    true,
    'Something went wrong on the server. Try again; if it stays, give the request id to the researcher.',
    '서버에 문제가 생겼습니다. 다시 시도하고, 계속되면 요청 번호를 연구자에게 알려 주세요.',
  ),

  // Things that are not there
  study_not_found: entry(404, false, 'There is no study with this id.', '해당 연구를 찾을 수 없습니다.'),
  room_not_found: entry(
    404,
    false,
    'There is no room with this code. Check the code or ask the researcher.',
    '해당 코드의 방을 찾을 수 없습니다. 코드를 확인하거나 연구자에게 문의해 주세요.',
  ),
  participant_not_found: entry(
    404,
    false,
    'There is no such participant in this room.',
    '이 방에 해당 참가자가 없습니다.',
  ),
  recording_not_found: entry(404, false, 'There is no recording with this id.', '해당 녹음을 찾을 수 없습니다.'),
  api_key_not_found: entry(404, false, 'There is no API key with this id.', '해당 API 키를 찾을 수 없습니다.'),
  audio_not_ready: entry(
    404,
    false,
    'The audio in this form is not there yet: {stage}.',
    '이 형식의 오디오가 아직 없습니다: {stage}.',
  ),
  transcript_not_ready: entry(
    404,
    false,
    'The transcript is not there yet: {stage}.',
    '아직 전사본이 없습니다: {stage}.',
  ),
  report_not_ready: entry(404, false, 'The report is not there yet: {stage}.', '아직 보고서가 없습니다: {stage}.'),

  // Joining
  wrong_pin: entry(
    403,
    false,
    'The PIN is wrong. Check it and try again.',
    'PIN이 틀렸습니다. 확인 후 다시 입력해 주세요.',
  ),
  removed: entry(
    403,
    false,
    'You no longer have a place in this room. Ask the researcher if this is a mistake.',
    '이 방에 더 이상 참여할 수 없습니다. 착오라면 연구자에게 문의해 주세요.',
  ),
  consent_required: entry(
    403,
    false,
    'Consent is needed before you can join: {missing}.',
    '입장하려면 동의가 필요합니다: {missing}.',
  ),
  room_full: entry(
    409,
    false,
    'All places in this room are taken. Ask the researcher for another room.',
    '방의 자리가 모두 찼습니다. 연구자에게 다른 방을 요청해 주세요.',
  ),
  room_ended: entry(410, false, 'This debate has ended.', '이 토론은 이미 끝났습니다.'),
  room_expired: entry(
    410,
    false,
    'This room has expired. Ask the researcher for a new one.',
    '방의 유효기간이 지났습니다. 연구자에게 새 방을 요청해 주세요.',
  ),

  // Commands in a room
  command_id_conflict: entry(
    409,
    false,
    'This commandId was used for another command. Use a new one.',
    '이미 다른 명령에 쓰인 commandId입니다. 새 값을 사용해 주세요.',
  ),
  not_host: entry(403, false, 'Only the host can do this.', '방장만 할 수 있습니다.'),
  not_running: entry(
    409,
    false,
    'This is possible only while the debate is running.',
    '토론이 진행 중일 때만 할 수 있습니다.',
  ),
  no_such_page: entry(
    422,
    false,
    'There is no page {page}. Pages run from 0 to {last}.',
    '{page}페이지는 없습니다. 0부터 {last}까지입니다.',
  ),
  page_changed: entry(
    409,
    false,
    'The page has already changed. Look at the current page and turn again.',
    '이미 페이지가 바뀌었습니다. 현재 페이지를 확인한 뒤 다시 넘겨 주세요.',
  ),
  invalid_choice: entry(
    422,
    false,
    'This answer does not fit the question: {reason}.',
    '질문에 맞지 않는 답입니다: {reason}.',
  ),
  participant_limit: entry(
    409,
    false,
    'You have sent as much as one debate keeps of one person. Nothing more is stored; tell the researcher.',
    '한 사람이 한 토론에 저장할 수 있는 양을 모두 썼습니다. 더 저장되지 않으니 연구자에게 알려 주세요.',
  ),
  recording_refused: entry(
    409,
    false,
    'Recording is not possible now: {reason}.',
    '지금은 녹음할 수 없습니다: {reason}.',
  ),
  too_many_takes: entry(
    409,
    false,
    'This participant has {limit} recordings, the most there may be. What was recorded stays on this device: save it as a file.',
    '한 참가자의 녹음은 {limit}개까지입니다. 녹음된 내용은 이 기기에 남아 있으니 파일로 저장해 주세요.',
  ),
  room_not_ended: entry(
    409,
    false,
    'The debate is still going on. End it first.',
    '토론이 아직 진행 중입니다. 먼저 종료해 주세요.',
  ),

  // Recordings
  chunk_conflict: entry(
    409,
    false,
    'Another chunk with this index is already stored. It was kept.',
    '같은 번호의 다른 조각이 이미 저장되어 있습니다. 기존 조각을 유지합니다.',
  ),
  recording_complete: entry(
    409,
    false,
    'This recording is complete and takes no new chunk.',
    '이미 완료된 녹음이라 새 조각을 받지 않습니다.',
  ),
  digest_mismatch: entry(
    422,
    true,
    'The bytes do not match their digest. Send the chunk again.',
    '데이터와 해시가 일치하지 않습니다. 조각을 다시 보내 주세요.',
  ),
  storage_full: entry(
    507,
    true,
    'There is no room for recordings on the server right now. Nothing is lost: keep the page open, it tries again by itself.',
    '서버에 녹음을 저장할 공간이 부족합니다. 녹음은 사라지지 않으니 이 페이지를 닫지 말고 기다려 주세요. 자동으로 다시 시도합니다.',
  ),
  recording_too_large: entry(
    413,
    false,
    'The recordings of this participant are larger than any debate can be. What was recorded stays on this device: save it as a file.',
    '이 참가자의 녹음이 어떤 토론보다도 큽니다. 녹음된 내용은 이 기기에 남아 있으니 파일로 저장해 주세요.',
  ),
  chunks_missing: entry(
    409,
    true,
    'Chunks are missing. Send the listed ones, then complete again.',
    '빠진 조각이 있습니다. 표시된 조각을 보낸 뒤 다시 완료해 주세요.',
  ),
  range_not_satisfiable: entry(
    416,
    false,
    'The range lies outside the file of {size} bytes.',
    '범위가 파일 크기({size}바이트)를 벗어났습니다.',
  ),

  // Signaling
  signal_too_large: entry(413, false, 'The signal is larger than 64 KiB.', '시그널이 64KiB보다 큽니다.'),
  peer_not_found: entry(
    404,
    true,
    'That participant is not connected in this room.',
    '해당 참가자가 이 방에 연결되어 있지 않습니다.',
  ),
  stale_epoch: entry(
    409,
    true,
    'That participant has a newer connection. Use its current epoch.',
    '해당 참가자가 새로 연결했습니다. 최신 epoch를 사용해 주세요.',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** A refusal as a value: what `decide` and the services return instead of throwing. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly details?: RefusalDetails;
}

/** Data. A reason is a key here, and a sentence for whoever is refused. */
export type RefusalDetails = Readonly<Record<string, unknown>> & { readonly reason?: RefusalReason };

/** The error object of a socket ack; REST adds requestId, retryAfterMs and details. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** The page turn has words of its own, fixed by the contract. */
const NOT_HOST_TO_TURN = {
  en: 'Only the host can go to the next page.',
  ko: '방장만 다음 페이지로 이동할 수 있습니다.',
} as const;

const filled = (text: string, details: Readonly<Record<string, unknown>> | undefined): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = details?.[name];
    return value === undefined ? '?' : String(value);
  });

/** The details of a refusal as they are answered: the reason in words. */
export const detailsOf = ({ details }: Refusal, language: Language): Readonly<Record<string, unknown>> | undefined =>
  details?.reason ? { ...details, reason: filled(REFUSAL_REASONS[details.reason][language], details) } : details;

/** The message of a refusal in one language, with `{name}` filled from its details. */
export const messageOf = (refusal: Refusal, language: Language): string => {
  if (refusal.code === 'not_host' && refusal.details?.command === 'turn_page') return NOT_HOST_TO_TURN[language];
  return filled(ERROR_CODES[refusal.code][language], detailsOf(refusal, language));
};

export const wireErrorOf = (refusal: Refusal, language: Language): WireError => ({
  code: refusal.code,
  message: messageOf(refusal, language),
  retryable: ERROR_CODES[refusal.code].retryable,
});
