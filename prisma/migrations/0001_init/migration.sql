-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "incarnation" (
    "id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "incarnation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "studies" (
    "id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "studies_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "study_versions" (
    "study_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "study_versions_pkey" PRIMARY KEY ("study_id","version")
);

-- CreateTable
CREATE TABLE "rooms" (
    "id" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "study_id" TEXT NOT NULL,
    "study_version" INTEGER NOT NULL,
    "label" TEXT,
    "description" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "phase" TEXT NOT NULL DEFAULT 'waiting',
    "page" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "next_deadline_at" DOUBLE PRECISION,

    CONSTRAINT "rooms_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "commits" (
    "room_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "commit_id" TEXT NOT NULL,
    "at" DOUBLE PRECISION NOT NULL,
    "events" JSONB NOT NULL,
    "command" JSONB,

    CONSTRAINT "commits_pkey" PRIMARY KEY ("room_id","version")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "room_id" TEXT NOT NULL,
    "job" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "not_before" DOUBLE PRECISION NOT NULL,
    "relayed_at" TIMESTAMPTZ(3),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "nodes" (
    "boot_id" TEXT NOT NULL,
    "started_at" DOUBLE PRECISION NOT NULL,
    "seen_at" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "nodes_pkey" PRIMARY KEY ("boot_id")
);

-- CreateTable
CREATE TABLE "recordings" (
    "id" TEXT NOT NULL,
    "room_id" TEXT NOT NULL,
    "participant_id" TEXT NOT NULL,
    "take" INTEGER NOT NULL,
    "mime_type" TEXT NOT NULL,
    "path" TEXT NOT NULL,
    "started_at" DOUBLE PRECISION NOT NULL,
    "ended_at" DOUBLE PRECISION,
    "chunk_count" INTEGER,
    "digest" TEXT,
    "bytes" BIGINT,
    "completed_at" DOUBLE PRECISION,

    CONSTRAINT "recordings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "chunks" (
    "recording_id" TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    "digest" TEXT NOT NULL,
    "bytes" INTEGER NOT NULL,
    "started_at" DOUBLE PRECISION NOT NULL,
    "ended_at" DOUBLE PRECISION NOT NULL,
    "flagged" BOOLEAN NOT NULL DEFAULT false,
    "received_at" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "chunks_pkey" PRIMARY KEY ("recording_id","index")
);

-- CreateTable
CREATE TABLE "signaling_instances" (
    "room_id" TEXT NOT NULL,
    "participant_id" TEXT NOT NULL,
    "instance" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,

    CONSTRAINT "signaling_instances_pkey" PRIMARY KEY ("participant_id","instance")
);

-- CreateTable
CREATE TABLE "telemetry" (
    "id" BIGSERIAL NOT NULL,
    "room_id" TEXT NOT NULL,
    "participant_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "at" DOUBLE PRECISION NOT NULL,
    "data" JSONB NOT NULL,

    CONSTRAINT "telemetry_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stages" (
    "room_id" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "progress" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "error" JSONB,
    "model" TEXT,
    "started_at" DOUBLE PRECISION,
    "finished_at" DOUBLE PRECISION,

    CONSTRAINT "stages_pkey" PRIMARY KEY ("room_id","stage")
);

-- CreateTable
CREATE TABLE "track_transcripts" (
    "recording_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "segments" JSONB NOT NULL,
    "created_at" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "track_transcripts_pkey" PRIMARY KEY ("recording_id","digest","model")
);

-- CreateTable
CREATE TABLE "transcripts" (
    "room_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "input_key" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "transcripts_pkey" PRIMARY KEY ("room_id","revision")
);

-- CreateTable
CREATE TABLE "reports" (
    "room_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "transcript_revision" INTEGER NOT NULL,
    "input_key" TEXT NOT NULL,
    "content" JSONB NOT NULL,
    "created_at" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "reports_pkey" PRIMARY KEY ("room_id","revision")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_hash_key" ON "api_keys"("hash");

-- CreateIndex
CREATE INDEX "studies_created_at_id_idx" ON "studies"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "rooms_code_key" ON "rooms"("code");

-- CreateIndex
CREATE INDEX "rooms_next_deadline_at_idx" ON "rooms"("next_deadline_at");

-- CreateIndex
CREATE INDEX "rooms_study_id_created_at_id_idx" ON "rooms"("study_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "rooms_created_at_id_idx" ON "rooms"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "commits_commit_id_key" ON "commits"("commit_id");

-- CreateIndex
CREATE UNIQUE INDEX "outbox_key_key" ON "outbox"("key");

-- CreateIndex
CREATE INDEX "outbox_relayed_at_id_idx" ON "outbox"("relayed_at", "id");

-- CreateIndex
CREATE INDEX "recordings_room_id_idx" ON "recordings"("room_id");

-- CreateIndex
CREATE INDEX "signaling_instances_room_id_idx" ON "signaling_instances"("room_id");

-- CreateIndex
CREATE UNIQUE INDEX "signaling_instances_participant_id_epoch_key" ON "signaling_instances"("participant_id", "epoch");

-- CreateIndex
CREATE INDEX "telemetry_room_id_kind_idx" ON "telemetry"("room_id", "kind");

-- AddForeignKey
ALTER TABLE "study_versions" ADD CONSTRAINT "study_versions_study_id_fkey" FOREIGN KEY ("study_id") REFERENCES "studies"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rooms" ADD CONSTRAINT "rooms_study_id_study_version_fkey" FOREIGN KEY ("study_id", "study_version") REFERENCES "study_versions"("study_id", "version") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commits" ADD CONSTRAINT "commits_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outbox" ADD CONSTRAINT "outbox_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "chunks" ADD CONSTRAINT "chunks_recording_id_fkey" FOREIGN KEY ("recording_id") REFERENCES "recordings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "signaling_instances" ADD CONSTRAINT "signaling_instances_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "telemetry" ADD CONSTRAINT "telemetry_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stages" ADD CONSTRAINT "stages_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "track_transcripts" ADD CONSTRAINT "track_transcripts_recording_id_fkey" FOREIGN KEY ("recording_id") REFERENCES "recordings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transcripts" ADD CONSTRAINT "transcripts_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reports" ADD CONSTRAINT "reports_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;
