CREATE TABLE "consents" (
	"subject" text NOT NULL,
	"id" text NOT NULL,
	"choice" text NOT NULL,
	"at" text NOT NULL,
	CONSTRAINT "consents_subject_id_pk" PRIMARY KEY("subject","id")
);
--> statement-breakpoint
CREATE TABLE "examples" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "examples_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"scope" text NOT NULL,
	"span_hash" text NOT NULL,
	"state" text NOT NULL,
	"at" text NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "feedback" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "feedback_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"finding_id" text,
	"at" text NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "memories" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "memories_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"repo" text NOT NULL,
	"scope" text NOT NULL,
	"state" text NOT NULL,
	"at" text NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"at" text NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" jsonb NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "outbox_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"command" text NOT NULL,
	"input" jsonb,
	"state" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"error" text,
	"result" jsonb,
	"due_at" bigint NOT NULL,
	"at" text NOT NULL,
	CONSTRAINT "outbox_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "key_values" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb,
	"expires_at" bigint
);
--> statement-breakpoint
CREATE TABLE "findings" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "findings_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"review_id" text NOT NULL,
	"repo" text NOT NULL,
	"pr" integer,
	"fingerprint" text NOT NULL,
	"persona" text NOT NULL,
	"scope" text NOT NULL,
	"status" text NOT NULL,
	"external_id" text,
	"url" text,
	"at" text NOT NULL,
	"body" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "reviews_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"repo" text NOT NULL,
	"pr" integer,
	"status" text NOT NULL,
	"at" text NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "reviews_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "messages_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"room_id" text NOT NULL,
	"thread_id" text,
	"reply_to" text,
	"author" jsonb NOT NULL,
	"text" text NOT NULL,
	"source_kind" text NOT NULL,
	"external_id" text,
	"source" jsonb NOT NULL,
	"finding_id" text,
	"review_id" text,
	"hop" integer NOT NULL,
	"edited_at" text,
	"at" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reactions" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "reactions_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"message_id" text NOT NULL,
	"author_kind" text NOT NULL,
	"author_id" text NOT NULL,
	"author_name" text NOT NULL,
	"emoji" text NOT NULL,
	"at" text NOT NULL,
	CONSTRAINT "reactions_message_id_author_kind_author_id_emoji_pk" PRIMARY KEY("message_id","author_kind","author_id","emoji")
);
--> statement-breakpoint
CREATE TABLE "rooms" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "rooms_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"title" text NOT NULL,
	"scope" text NOT NULL,
	"at" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "consumers" (
	"name" text PRIMARY KEY NOT NULL,
	"pattern" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "deliveries" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"state" text NOT NULL,
	"deliveries" integer DEFAULT 0 NOT NULL,
	"due_at" bigint DEFAULT 0 NOT NULL,
	"error" text,
	"died_at" text,
	CONSTRAINT "deliveries_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "events_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"payload" jsonb,
	"at" text NOT NULL,
	"at_ms" bigint NOT NULL,
	"causation_id" text
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_event_id_events_id_fk" FOREIGN KEY ("event_id") REFERENCES "public"."events"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "examples_span_hash_index" ON "examples" USING btree ("span_hash") WHERE state <> 'revoked';--> statement-breakpoint
CREATE INDEX "examples_span_index" ON "examples" USING btree ("span_hash","seq");--> statement-breakpoint
CREATE INDEX "examples_state_seq_index" ON "examples" USING btree ("state","seq");--> statement-breakpoint
CREATE INDEX "feedback_finding_id_seq_index" ON "feedback" USING btree ("finding_id","seq");--> statement-breakpoint
CREATE INDEX "feedback_seq_index" ON "feedback" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "memories_repo_state_seq_index" ON "memories" USING btree ("repo","state","seq");--> statement-breakpoint
CREATE INDEX "memories_scope_state_seq_index" ON "memories" USING btree ("scope","state","seq");--> statement-breakpoint
CREATE INDEX "outbox_state_seq_index" ON "outbox" USING btree ("state","seq");--> statement-breakpoint
CREATE INDEX "outbox_state_due_at_index" ON "outbox" USING btree ("state","due_at");--> statement-breakpoint
CREATE INDEX "key_values_expires_at_index" ON "key_values" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "findings_seq_index" ON "findings" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "findings_review_id_seq_index" ON "findings" USING btree ("review_id","seq");--> statement-breakpoint
CREATE INDEX "findings_repo_pr_seq_index" ON "findings" USING btree ("repo","pr","seq");--> statement-breakpoint
CREATE INDEX "findings_fingerprint_index" ON "findings" USING btree ("fingerprint");--> statement-breakpoint
CREATE INDEX "findings_external_id_index" ON "findings" USING btree ("external_id");--> statement-breakpoint
CREATE INDEX "findings_scope_seq_index" ON "findings" USING btree ("scope","seq");--> statement-breakpoint
CREATE INDEX "findings_status_seq_index" ON "findings" USING btree ("status","seq");--> statement-breakpoint
CREATE INDEX "reviews_seq_index" ON "reviews" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "reviews_repo_pr_seq_index" ON "reviews" USING btree ("repo","pr","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_source_kind_external_id_index" ON "messages" USING btree ("source_kind","external_id");--> statement-breakpoint
CREATE INDEX "messages_room_id_seq_index" ON "messages" USING btree ("room_id","seq");--> statement-breakpoint
CREATE INDEX "messages_thread_id_seq_index" ON "messages" USING btree ("thread_id","seq");--> statement-breakpoint
CREATE INDEX "messages_finding_id_index" ON "messages" USING btree ("finding_id");--> statement-breakpoint
CREATE INDEX "deliveries_event_id_index" ON "deliveries" USING btree ("event_id");--> statement-breakpoint
CREATE INDEX "deliveries_consumer_seq_index" ON "deliveries" USING btree ("consumer","seq");--> statement-breakpoint
CREATE INDEX "deliveries_dead_index" ON "deliveries" USING btree ("seq") WHERE state = 'dead';--> statement-breakpoint
CREATE INDEX "deliveries_consumer_due_at_index" ON "deliveries" USING btree ("consumer","due_at");--> statement-breakpoint
CREATE INDEX "events_seq_index" ON "events" USING btree ("seq");--> statement-breakpoint
CREATE INDEX "events_at_ms_index" ON "events" USING btree ("at_ms");