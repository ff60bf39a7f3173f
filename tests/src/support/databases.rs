use super::Home;

/// Makes an empty home on the database that a test is about.
pub type NewHome<'a> = &'a dyn Fn() -> Home;

/// Makes two tests of each function, which takes a function that makes a home: `sqlite::name`, and `postgresql::name`, which is
/// skipped where `FARTHING_TEST_POSTGRES` names no server.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[test]
                fn $name() {
                    super::$name(&crate::support::Home::new);
                }
            )+
        }

        mod postgresql {
            $(
                #[test]
                fn $name() {
                    if crate::support::Home::on_postgresql().is_some() {
                        super::$name(&|| crate::support::Home::on_postgresql().expect("there was a server just now"));
                    }
                }
            )+
        }
    };
}

pub(crate) use on_both_databases;
