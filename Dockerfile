# A static binary and nothing else: docker build -t ecslint .
#   docker run --rm -v "$PWD:/work:ro" ecslint check
# By its digest, since a tag can be moved; it has all that a static binary is linked with.
FROM rust:1.95-alpine@sha256:606fd313a0f49743ee2a7bd49a0914bab7deedb12791f3a846a34a4711db7ed2 AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked

FROM scratch
COPY --from=build /src/target/release/ecslint /ecslint
COPY LICENSE-APACHE LICENSE-MIT /
# Nobody: it only reads.
USER 65534:65534
WORKDIR /work
ENTRYPOINT ["/ecslint"]
CMD ["check"]
