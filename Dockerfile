# SummitQA in a container; docs/container.md tells how it is built, run and kept.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
RUN python3 -m venv /opt/summitqa
COPY deploy/requirements.lock ./
# The secret is a pip.conf of yours, where packages come from a mirror; without one it is not there.
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    /opt/summitqa/bin/pip install --no-cache-dir --no-compile --only-binary :all: \
        --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY LICENSES LICENSES
COPY src src
COPY index index
COPY bot bot
RUN /opt/summitqa/bin/pip install --no-cache-dir --no-compile --no-build-isolation --no-deps . \
 && /opt/summitqa/bin/pip uninstall --quiet --yes pip setuptools
# A first question and the imports leave the bytecode of what serves, a third of all there would be.
# Left out are tests of others, and ONNX Runtime's library for C, a second copy of what Python loads.
RUN SUMMITQA_HOME=/tmp/first /opt/summitqa/bin/summitqa ask "Did the summit bring a ceasefire?" \
 && /opt/summitqa/bin/python -c "import docx, psycopg, pypdf, trafilatura; \
        import summitqa_bot.discord.app, summitqa_bot.running, summitqa_bot.slack.app; \
        import summitqa_bot.slack.install, summitqa_bot.web.app" \
 && find /opt/summitqa -name tests -type d -prune -exec rm -r {} + \
 && rm /opt/summitqa/lib/python3.*/site-packages/onnxruntime/capi/libonnxruntime.so.*

FROM python:3.11-slim-bookworm
COPY --from=build /opt/summitqa /opt/summitqa
RUN install --directory --owner 10001 --group 10001 /data
ENV PATH=/opt/summitqa/bin:$PATH \
    SUMMITQA_HOME=/data \
    SUMMITQA_HEALTH=0.0.0.0:9464 \
    SUMMITQA_SLACK_HOST=0.0.0.0 \
    SUMMITQA_WEB_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080 9464
HEALTHCHECK --interval=30s --timeout=5s --start-period=5m CMD ["python", "-c", \
    "import os, urllib.request as r; r.urlopen('http://' + os.environ['SUMMITQA_HEALTH'] + '/healthz', timeout=4)"]
ENTRYPOINT ["summitqa"]
CMD ["serve"]
