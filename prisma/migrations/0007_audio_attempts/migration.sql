-- AlterTable
ALTER TABLE "track_transcripts" ADD COLUMN     "form" TEXT;

-- CreateTable
CREATE TABLE "audio_attempts" (
    "recording_id" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "run" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "fault" JSONB,

    CONSTRAINT "audio_attempts_pkey" PRIMARY KEY ("recording_id","digest","model","run")
);

-- CreateTable
CREATE TABLE "service_forms" (
    "service" TEXT NOT NULL,
    "form" TEXT NOT NULL,
    "learned_at" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "service_forms_pkey" PRIMARY KEY ("service")
);

-- AddForeignKey
ALTER TABLE "audio_attempts" ADD CONSTRAINT "audio_attempts_recording_id_fkey" FOREIGN KEY ("recording_id") REFERENCES "recordings"("id") ON DELETE CASCADE ON UPDATE CASCADE;
