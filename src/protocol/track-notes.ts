// Why something of a debater's voice is not in the transcript: the closed list of reasons, for people in both languages.

const note = (en: string, ko: string) => ({ en, ko });

export const TRACK_NOTES = {
  no_take: note('There is no recording of this person.', '이 참가자의 녹음이 없습니다.'),
  no_audio: note('The recording is empty.', '녹음이 비어 있습니다.'),
  upload_incomplete: note('Parts of the recording have not arrived.', '녹음 일부가 도착하지 않았습니다.'),
  no_words: note(
    'There is audio, but no word of it is in the transcript: silence, or speech that was not understood.',
    '소리는 있으나 전사본에 들어간 말이 없습니다. 침묵이거나 인식하지 못한 말입니다.',
  ),
  outside_debate: note(
    'By its times the recording lies outside of the debate. It was not transcribed.',
    '시각 기록으로 보면 토론 시간 밖의 녹음이라 전사하지 않았습니다.',
  ),
  audio_missing: note('A file of the recording is missing in the storage.', '저장소에 녹음 파일이 없습니다.'),
  audio_unreadable: note('The recording could not be read.', '녹음을 읽을 수 없습니다.'),
  audio_unsupported: note(
    'The recording is damaged or of an unknown kind.',
    '녹음이 손상되었거나 알 수 없는 형식입니다.',
  ),
  audio_too_large: note(
    'The recording is too large for the speech service and cannot be cut.',
    '녹음이 음성 인식 서비스의 한도를 넘고 나눌 수 없습니다.',
  ),
  rejected: note('The speech service refused the audio.', '음성 인식 서비스가 이 녹음을 거절했습니다.'),
  refused: note('The speech service declined to transcribe the audio.', '음성 인식 서비스가 전사를 거부했습니다.'),
  invalid_answer: note(
    'The speech service did not give a usable answer.',
    '음성 인식 서비스가 쓸 수 있는 응답을 주지 않았습니다.',
  ),
  rate_limited: note('The speech service had no time for it.', '음성 인식 서비스의 요청 한도에 걸렸습니다.'),
  server_error: note('The speech service failed again and again.', '음성 인식 서비스에서 계속 오류가 났습니다.'),
  timeout: note('The speech service did not answer in time.', '음성 인식 서비스가 제때 응답하지 않았습니다.'),
  network: note('The speech service could not be reached.', '음성 인식 서비스에 연결할 수 없었습니다.'),
  quota_exhausted: note('The quota of the API key is used up.', 'API 키의 사용 한도가 다했습니다.'),
  internal: note('Something went wrong in the worker.', '작업 과정에서 문제가 생겼습니다.'),
  unauthorized: note('The speech service refused the API key.', '음성 인식 서비스가 API 키를 거절했습니다.'),
} as const;

export type TrackNoteCode = keyof typeof TRACK_NOTES;
