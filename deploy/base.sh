#!/bin/sh
# Make a stand-in for the Dockerfile's base image out of Debian's own packages, where no image can be
# pulled: the same Debian, the same minor version of Python, without documents as in Debian's slim images.
# Takes root, debootstrap and podman.
set -eu
image=docker.io/library/python:3.11-slim-bookworm
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$root" >&2
for left_out in doc info locale man; do rm -rf "$root/usr/share/$left_out"; done
rm -rf "$root"/var/cache/* "$root"/var/lib/apt/lists/* "$root"/var/log/*
tar -C "$root" -c . | podman import --quiet --message "made by deploy/base.sh" - "$image"
