#!/usr/bin/env bash
# Cloud Scheduler starts the nightly audit as a Cloud Run job from the image that configs/deploy/cloud/Dockerfile makes.
# PROJECT, REGION and IMAGES (gs://...), AUDITS (gs://...) come from the environment.
set -euo pipefail

gcloud run jobs deploy lookalike --project "$PROJECT" --region "$REGION" \
  --image "$REGION-docker.pkg.dev/$PROJECT/lookalike/lookalike:0.11.0" \
  --cpu 8 --memory 32Gi --task-timeout 24h --max-retries 3 \
  --args "audit,$IMAGES,--catalog,$AUDITS,--log,json,--steal-lock"

gcloud scheduler jobs create http lookalike-nightly --project "$PROJECT" --location "$REGION" \
  --schedule "30 2 * * *" --time-zone Etc/UTC \
  --uri "https://run.googleapis.com/v2/projects/$PROJECT/locations/$REGION/jobs/lookalike:run" \
  --http-method POST --oauth-service-account-email "lookalike@$PROJECT.iam.gserviceaccount.com"
