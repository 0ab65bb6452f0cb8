CREATE TABLE "message_links" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "message_links_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"message_id" text NOT NULL,
	"kind" text NOT NULL,
	"external_id" text NOT NULL,
	"url" text,
	CONSTRAINT "message_links_kind_external_id_pk" PRIMARY KEY("kind","external_id")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "people_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"external_id" text NOT NULL,
	"person" text NOT NULL,
	"by" text NOT NULL,
	"at" text NOT NULL,
	CONSTRAINT "people_kind_external_id_pk" PRIMARY KEY("kind","external_id")
);
--> statement-breakpoint
CREATE TABLE "room_views" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "room_views_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"place" text NOT NULL,
	"room_id" text NOT NULL,
	"title" text NOT NULL,
	"at" text NOT NULL,
	CONSTRAINT "room_views_kind_place_pk" PRIMARY KEY("kind","place")
);
--> statement-breakpoint
CREATE INDEX "message_links_message_id_index" ON "message_links" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "people_person_index" ON "people" USING btree ("person");--> statement-breakpoint
CREATE INDEX "room_views_room_id_index" ON "room_views" USING btree ("room_id");