# The Flex Template's launcher: it runs `lookalike audit --runner dataflow` with the parameters of metadata.json, and
# stays until the audit is committed, so it is to be started with enough time. From the checkout:
#   docker build -f configs/deploy/dataflow/launcher.Dockerfile -t REGION-docker.pkg.dev/PROJECT/lookalike/launcher:0.11.0 .
#   gcloud dataflow flex-template build gs://BUCKET/lookalike.json --sdk-language PYTHON \
#     --image REGION-docker.pkg.dev/PROJECT/lookalike/launcher:0.11.0 --metadata-file configs/deploy/dataflow/metadata.json
FROM gcr.io/dataflow-templates-base/python311-template-launcher-base
WORKDIR /src
COPY setup.py pyproject.toml README.md LICENSE ./
COPY configs configs
COPY pipelines pipelines
COPY transforms transforms
RUN pip install --no-cache-dir --constraint configs/constraints.txt '.[gcs]' && pip check
ENV FLEX_TEMPLATE_PYTHON_PY_FILE=/src/configs/deploy/dataflow/flex_template.py
