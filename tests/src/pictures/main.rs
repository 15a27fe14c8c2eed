//! Makes the pictures below `docs/pictures`.

fn main() -> anyhow::Result<()> {
    anyhow::bail!("not yet")
}
