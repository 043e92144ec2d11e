-- CreateTable
CREATE TABLE "room_snapshots" (
    "room_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "commit_id" TEXT NOT NULL,
    "shape" INTEGER NOT NULL,
    "state" TEXT NOT NULL,

    CONSTRAINT "room_snapshots_pkey" PRIMARY KEY ("room_id")
);

-- AddForeignKey
ALTER TABLE "room_snapshots" ADD CONSTRAINT "room_snapshots_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A room's state remembers its latest commands only; of the others the journal alone knows that they were carried out.
CREATE UNIQUE INDEX "commits_command_key" ON "commits"("room_id", (command ->> 'participantId'), (command ->> 'commandId')) WHERE command IS NOT NULL;
