-- CreateTable
CREATE TABLE "folders_left" (
    "path" TEXT NOT NULL,
    "room_id" TEXT NOT NULL,

    CONSTRAINT "folders_left_pkey" PRIMARY KEY ("path")
);

-- CreateIndex
CREATE INDEX "folders_left_room_id_idx" ON "folders_left"("room_id");
