# A static binary and nothing else: docker build -t ecslint .
#   docker run --rm -v "$PWD:/work:ro" ecslint check
FROM rust:1.95-alpine AS build
# The C start-up files that a static binary is linked with.
RUN apk add --no-cache musl-dev
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
